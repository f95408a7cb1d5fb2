#include "u-string.h"
#include "u-lib.hh"

char* strcat(char* to, const char* from) {
    strcpy(to + strlen(to), from);
    return to;
}

char* strncat(char* to, const char* from, size_t n) {
    char* old_end = to + strlen(to);
    size_t length = strnlen(from, n);
    memcpy(old_end, from, length);
    old_end[length] = '\0';
    return to;
}

size_t strlcat(char* to, const char* from, size_t size) {
    size_t length = strnlen(to, size);
    return length + strlcpy(to + length, from, size - length);
}

char* stpcpy(char* to, const char* from) {
    size_t length = strlen(from);
    memcpy(to, from, length + 1);
    return to + length;
}

void* memrchr(const void* memory, int c, size_t n) {
    auto bytes = static_cast<const uint8_t*>(memory);
    while (n > 0) {
        if (bytes[--n] == uint8_t(c)) return const_cast<uint8_t*>(bytes + n);
    }
    return nullptr;
}

char* strrchr(const char* s, int c) {
    return static_cast<char*>(memrchr(s, c, strlen(s) + 1));
}

size_t strspn(const char* s, const char* characters) {
    size_t n = 0;
    while (s[n] && strchr(characters, s[n])) ++n;
    return n;
}

char* strpbrk(const char* s, const char* characters) {
    s += strcspn(s, characters);
    return *s ? const_cast<char*>(s) : nullptr;
}

char* strsep(char** rest, const char* separators) {
    char* token = *rest;
    if (!token) return nullptr;
    *rest = strpbrk(token, separators);
    if (*rest) *(*rest)++ = '\0';
    return token;
}

char* strtok_r(char* s, const char* separators, char** rest) {
    if (s) *rest = s;
    if (!*rest) return nullptr;
    *rest += strspn(*rest, separators);
    if (!**rest) return nullptr;
    return strsep(rest, separators);
}

char* strtok(char* s, const char* separators) {
    static char* rest;
    return strtok_r(s, separators, &rest);
}

char* strndup(const char* s, size_t n) {
    size_t length = strnlen(s, n);
    auto copy = static_cast<char*>(malloc(length + 1));
    if (!copy) return nullptr;
    memcpy(copy, s, length);
    copy[length] = '\0';
    return copy;
}

char* strdup(const char* s) {
    return strndup(s, SIZE_MAX);
}

int strcoll(const char* a, const char* b) {
    return strcmp(a, b);
}

size_t strxfrm(char* to, const char* from, size_t n) {
    return strlcpy(to, from, n);
}

char* strerror(int error) {
    static char text[32];
    switch (error < 0 ? error : -error) {
    case 0: return strcpy(text, "no error");
    case E_PERM: return strcpy(text, "not this process's to do");
    case E_NOENT: return strcpy(text, "no program or file of that name");
    case E_SRCH: return strcpy(text, "no such process");
    case E_IO: return strcpy(text, "a device failed");
    case E_2BIG: return strcpy(text, "too many arguments");
    case E_NOEXEC: return strcpy(text, "it cannot be loaded");
    case E_BADF: return strcpy(text, "no such file");
    case E_CHILD: return strcpy(text, "no such child");
    case E_AGAIN: return strcpy(text, "not now");
    case E_NOMEM: return strcpy(text, "out of memory");
    case E_FAULT: return strcpy(text, "an address it may not use");
    case E_ACCES: return strcpy(text, "the file is not open for that");
    case E_NODEV: return strcpy(text, "that is no file");
    case E_OVERFLOW: return strcpy(text, "no file reaches so far");
    case E_BUSY: return strcpy(text, "the file is open");
    case E_EXIST: return strcpy(text, "a file of that name is there");
    case E_INVAL: return strcpy(text, "an argument without sense");
    case E_RANGE: return strcpy(text, "out of range");
    case E_NFILE: return strcpy(text, "too many files are open");
    case E_MFILE: return strcpy(text, "too many open files");
    case E_SPIPE: return strcpy(text, "that is no file");
    case E_NOSPC: return strcpy(text, "the disk is full");
    case E_ROFS: return strcpy(text, "the disk can only be read");
    case E_PIPE: return strcpy(text, "nobody reads it any more");
    case E_NAMETOOLONG: return strcpy(text, "too long a name");
    case E_NOSYS: return strcpy(text, "no such system call");
    default: break;
    }
    snprintf(text, sizeof(text), "error %d", error);
    return text;
}

int iscntrl(int c) {
    return (c >= 0 && c < ' ') || c == 0x7F;
}

int isgraph(int c) {
    return isprint(c) && c != ' ';
}

int ispunct(int c) {
    return isgraph(c) && !isalnum(c);
}

int isxdigit(int c) {
    return isdigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

int isblank(int c) {
    return c == ' ' || c == '\t';
}
