#include "store/tar_header.hh"

bool is_zero(const uint8_t* sector) {
    for (unsigned i = 0; i < sector_size; ++i) {
        if (sector[i] != 0) return false;
    }
    return true;
}

// The sum of the header's bytes as `Byte` has them.
template <typename Byte>
static int64_t sum(const tar_header& header) {
    auto bytes = reinterpret_cast<const Byte*>(&header);
    int64_t total = int64_t(sizeof(header.checksum)) * ' ';
    for (unsigned i = 0; i < sizeof(header); ++i) {
        if (i - offsetof(tar_header, checksum) >= sizeof(header.checksum)) total += bytes[i];
    }
    return total;
}

bool is_header(const tar_header& header) {
    uint64_t checksum;
    if (!read_number(header.checksum, sizeof(header.checksum), checksum)) return false;
    return int64_t(checksum) == sum<uint8_t>(header) || int64_t(checksum) == sum<int8_t>(header);
}

static bool read_binary(const char* field, size_t size, uint64_t& value) {
    value = uint8_t(field[0]) & 0x7F;
    for (size_t i = 1; i < size; ++i) {
        if (value >> 55 != 0) return false;
        value = value << 8 | uint8_t(field[i]);
    }
    return true;
}

bool read_number(const char* field, size_t size, uint64_t& value) {
    value = 0;
    if (field[0] & 0x80) return read_binary(field, size, value);
    size_t i = 0;
    while (i < size && field[i] == ' ') ++i;
    for (; i < size && field[i] >= '0' && field[i] <= '7'; ++i) {
        value = value << 3 | unsigned(field[i] - '0');
    }
    return i == size || field[i] == ' ' || field[i] == '\0';
}

void read_name(const tar_header& header, char* name) {
    bool is_posix = memcmp(header.magic, "ustar", sizeof(header.magic)) == 0;
    size_t length = is_posix ? strnlen(header.prefix, sizeof(header.prefix)) : 0;
    memcpy(name, header.prefix, length);
    if (length > 0) name[length++] = '/';
    size_t rest = strnlen(header.name, sizeof(header.name));
    memcpy(name + length, header.name, rest);
    name[length + rest] = '\0';
}

bool has_more_sparse(const uint8_t* sector, bool is_first) {
    constexpr unsigned flag_in_header = 482, flag_in_list = 504;
    return sector[is_first ? flag_in_header : flag_in_list] != 0;
}

// Octal digits and a zero byte; what does not fit is binary.
static void write_number(char* field, size_t size, uint64_t value) {
    if (value >> (3 * (size - 1)) == 0) {
        snprintf(field, size, "%0*lo", int(size - 1), value);
        return;
    }
    for (size_t i = size; i-- > 0; value >>= 8) field[i] = char(value & 0xFF);
    field[0] = char(field[0] | 0x80);
}

tar_header make_header(const char* name, char type, uint64_t size, unsigned mode, uint64_t time) {
    tar_header header = {};
    memcpy(header.name, name, strnlen(name, sizeof(header.name)));
    write_number(header.mode, sizeof(header.mode), mode);
    write_number(header.user, sizeof(header.user), 0);
    write_number(header.group, sizeof(header.group), 0);
    write_number(header.size, sizeof(header.size), size);
    write_number(header.time, sizeof(header.time), time);
    memcpy(header.magic, "ustar", sizeof(header.magic));
    memset(header.version, '0', sizeof(header.version));
    header.type = type;
    constexpr size_t digits = sizeof(header.checksum) - 1;      // and then a blank, by custom
    write_number(header.checksum, digits, uint64_t(sum<uint8_t>(header)));
    header.checksum[digits] = ' ';
    return header;
}
