// undefined.cc - what C++ gives no meaning: arithmetic that overflows, wrong indices, pointers and values
//
//    The functions that compilers call with -fsanitize=undefined once a check has failed. Each gets a description of
//    the place, laid out as both compilers have it, and the values.
#include "runtime.hh"

namespace {

struct source_place {
    const char* file;
    uint32_t line, column;
};

struct type_description {
    uint16_t kind;                      // 0: an integer
    uint16_t layout;                    // of an integer: twice the logarithm of its bits, and 1 if it is signed
    char name[1];                       // in quotation marks
};

struct typed_place {
    source_place place;
    const type_description* type;
};

struct two_typed_place {
    source_place place;
    const type_description* type;
    const type_description* other_type;
};

struct pointer_place {
    source_place place;
    const type_description* type;
    uint8_t alignment;                  // its logarithm
    uint8_t use;                        // an index into `pointer_uses`
};

struct argument_place {
    source_place place, declaration;
    int argument;
};

struct builtin_place {
    source_place place;
    uint8_t builtin;                    // 0 and 1: counting zeros
};

const char* const pointer_uses[] = {
    "load of", "store to", "reference to", "member access in", "member call on", "constructor call on", "downcast of",
    "downcast of", "upcast of", "cast to virtual base of", "nonnull binding to", "dynamic operation on"
};

// A value as the check saw it: itself, or, of more than 64 bits, its address
class value_text {
public:
    value_text(const type_description& type, uintptr_t value) {
        unsigned bits = 1U << (type.layout >> 1), unused = 64 - min(bits, 64U);
        if (type.kind != 0) {
            snprintf(text_, sizeof(text_), "something");
        } else if (bits > 64) {
            auto halves = reinterpret_cast<const uint64_t*>(value);
            snprintf(text_, sizeof(text_), "0x%lx%016lx", halves[1], halves[0]);
        } else if (type.layout & 1) {
            snprintf(text_, sizeof(text_), "%ld", int64_t(value << unused) >> unused);
        } else {
            snprintf(text_, sizeof(text_), "%lu", value << unused >> unused);
        }
    }
    const char* get() const { return text_; }

private:
    char text_[40];
};

[[noreturn]] void tell(const void* caller, const source_place& place, const char* format, ...)
    __attribute__((format(printf, 3, 4)));

void tell(const void* caller, const source_place& place, const char* format, ...) {
    char text[150];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    report(caller, "%s, at %s:%u:%u", text, place.file, place.line, place.column);
}

[[noreturn]] void tell_overflow(const void* caller, const typed_place& at, uintptr_t x, const char* sign, uintptr_t y) {
    tell(caller, at.place, "arithmetic overflow: %s %s %s as %s", value_text(*at.type, x).get(), sign,
         value_text(*at.type, y).get(), at.type->name);
}

[[noreturn]] void tell_pointer(const void* caller, const pointer_place& at, uintptr_t pointer) {
    const char* use = at.use < sizeof(pointer_uses) / sizeof(pointer_uses[0]) ? pointer_uses[at.use] : "use of";
    uintptr_t alignment = uintptr_t(1) << at.alignment;
    if (pointer == 0) tell(caller, at.place, "null pointer: %s %s", use, at.type->name);
    if (pointer % alignment != 0) {
        tell(caller, at.place, "misaligned pointer: %s %s at 0x%lx", use, at.type->name, pointer);
    }
    tell(caller, at.place, "too small an object: %s %s at 0x%lx", use, at.type->name, pointer);
}

}

#define CALLER __builtin_return_address(0)

extern "C" {

[[noreturn]] void __ubsan_handle_add_overflow_abort(const typed_place& at, uintptr_t x, uintptr_t y) {
    tell_overflow(CALLER, at, x, "+", y);
}

[[noreturn]] void __ubsan_handle_sub_overflow_abort(const typed_place& at, uintptr_t x, uintptr_t y) {
    tell_overflow(CALLER, at, x, "-", y);
}

[[noreturn]] void __ubsan_handle_mul_overflow_abort(const typed_place& at, uintptr_t x, uintptr_t y) {
    tell_overflow(CALLER, at, x, "*", y);
}

[[noreturn]] void __ubsan_handle_divrem_overflow_abort(const typed_place& at, uintptr_t x, uintptr_t y) {
    if (y == 0) tell(CALLER, at.place, "division by zero: %s / 0", value_text(*at.type, x).get());
    tell_overflow(CALLER, at, x, "/", y);
}

[[noreturn]] void __ubsan_handle_negate_overflow_abort(const typed_place& at, uintptr_t x) {
    tell(CALLER, at.place, "arithmetic overflow: -(%s) as %s", value_text(*at.type, x).get(), at.type->name);
}

[[noreturn]] void __ubsan_handle_shift_out_of_bounds_abort(const two_typed_place& at, uintptr_t x, uintptr_t count) {
    tell(CALLER, at.place, "shift of %s, of type %s, by %s", value_text(*at.type, x).get(), at.type->name,
         value_text(*at.other_type, count).get());
}

[[noreturn]] void __ubsan_handle_out_of_bounds_abort(const two_typed_place& at, uintptr_t index) {
    tell(CALLER, at.place, "index out of bounds: %s of %s", value_text(*at.other_type, index).get(), at.type->name);
}

[[noreturn]] void __ubsan_handle_type_mismatch_v1_abort(const pointer_place& at, uintptr_t pointer) {
    tell_pointer(CALLER, at, pointer);
}

[[noreturn]] void __ubsan_handle_pointer_overflow_abort(const source_place& at, uintptr_t from, uintptr_t to) {
    tell(CALLER, at, "pointer overflow: from 0x%lx to 0x%lx", from, to);
}

[[noreturn]] void __ubsan_handle_alignment_assumption_abort(const source_place& at, uintptr_t pointer,
                                                            uintptr_t alignment, uintptr_t) {
    tell(CALLER, at, "misaligned pointer: 0x%lx, assumed to be a multiple of %lu", pointer, alignment);
}

[[noreturn]] void __ubsan_handle_load_invalid_value_abort(const typed_place& at, uintptr_t value) {
    tell(CALLER, at.place, "invalid value: %s in a %s", value_text(*at.type, value).get(), at.type->name);
}

[[noreturn]] void __ubsan_handle_vla_bound_not_positive_abort(const typed_place& at, uintptr_t bound) {
    tell(CALLER, at.place, "an array of %s elements", value_text(*at.type, bound).get());
}

[[noreturn]] void __ubsan_handle_nonnull_arg_abort(const argument_place& at) {
    tell(CALLER, at.place, "null pointer: argument %d must not be one", at.argument);
}

[[noreturn]] void __ubsan_handle_nonnull_return_v1_abort(const source_place&, const source_place& at) {
    tell(CALLER, at, "null pointer: the result must not be one");
}

[[noreturn]] void __ubsan_handle_invalid_builtin_abort(const builtin_place& at) {
    tell(CALLER, at.place, "invalid value: 0 has no first or last bit that is set");
}

[[noreturn]] void __ubsan_handle_builtin_unreachable(const source_place& at) {
    tell(CALLER, at, "unreachable code was reached");
}

[[noreturn]] void __ubsan_handle_missing_return(const source_place& at) {
    tell(CALLER, at, "a function ended without a result");
}

}
