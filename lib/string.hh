// string.hh - the C library's memory and string functions
//
//    They do what the C standard says (strlcpy, strcasecmp: what their manual pages say). `memset`
//    and `memcpy` use the string instructions on eight bytes at a time: clearing a page is 512
//    steps. Host tests use the host's functions instead, unless `KINGLET_OWN_LIBRARY` asks for
//    these, in a namespace.
#ifndef KINGLET_STRING_HH
#define KINGLET_STRING_HH
#include <stddef.h>
#include <stdint.h>

#if __STDC_HOSTED__ && !defined(KINGLET_OWN_LIBRARY)
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/types.h>
#else
using ssize_t = long;
using off_t = long;
using pid_t = int;

#if !__STDC_HOSTED__
extern "C" {
#endif
void* memcpy(void* to, const void* from, size_t n);
void* memmove(void* to, const void* from, size_t n);
void* memset(void* memory, int c, size_t n);
int memcmp(const void* a, const void* b, size_t n);
void* memchr(const void* memory, int c, size_t n);
size_t strlen(const char* s);
size_t strnlen(const char* s, size_t limit);
char* strcpy(char* to, const char* from);
char* strncpy(char* to, const char* from, size_t n);
size_t strlcpy(char* to, const char* from, size_t size);
int strcmp(const char* a, const char* b);
int strncmp(const char* a, const char* b, size_t n);
int strcasecmp(const char* a, const char* b);
int strncasecmp(const char* a, const char* b, size_t n);
char* strchr(const char* s, int c);
char* strstr(const char* s, const char* wanted);
size_t strcspn(const char* s, const char* characters);
long strtol(const char* s, char** end = nullptr, int base = 0);
unsigned long strtoul(const char* s, char** end = nullptr, int base = 0);

inline bool isdigit(int c) { return unsigned(c) - '0' < 10; }
inline bool islower(int c) { return unsigned(c) - 'a' < 26; }
inline bool isupper(int c) { return unsigned(c) - 'A' < 26; }
inline bool isalpha(int c) { return islower(c) || isupper(c); }
inline bool isalnum(int c) { return isalpha(c) || isdigit(c); }
inline bool isspace(int c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
inline bool isprint(int c) { return c >= ' ' && c <= '~'; }
inline int tolower(int c) { return isupper(c) ? c + ('a' - 'A') : c; }
inline int toupper(int c) { return islower(c) ? c - ('a' - 'A') : c; }
#if !__STDC_HOSTED__
}
#endif
#endif

#endif
