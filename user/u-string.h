/* u-string.h - strings and characters: the C library's <string.h> and <ctype.h>, for programs in
   C++ and in C

      Each does what the C standard or its manual page says. In C++ the more usual ones stand in
      string.hh. */
#ifndef KINGLET_U_STRING_H
#define KINGLET_U_STRING_H
#include <stddef.h>
#ifdef __cplusplus
#include "string.hh"
extern "C" {
#else
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
int isdigit(int c);
int islower(int c);
int isupper(int c);
int isalpha(int c);
int isalnum(int c);
int isspace(int c);
int isprint(int c);
int tolower(int c);
int toupper(int c);
#endif

char* strcat(char* to, const char* from);
char* strncat(char* to, const char* from, size_t n);
size_t strlcat(char* to, const char* from, size_t size);
char* stpcpy(char* to, const char* from);
char* strrchr(const char* s, int c);
void* memrchr(const void* memory, int c, size_t n);
size_t strspn(const char* s, const char* characters);
char* strpbrk(const char* s, const char* characters);
char* strtok(char* s, const char* separators);
char* strtok_r(char* s, const char* separators, char** rest);
char* strsep(char** rest, const char* separators);
char* strdup(const char* s);
char* strndup(const char* s, size_t n);
int strcoll(const char* a, const char* b);
size_t strxfrm(char* to, const char* from, size_t n);

/* strerror(error)
      What an error number of Kinglet's means, negative or not, in a few words. */
char* strerror(int error);

int iscntrl(int c);
int isgraph(int c);
int ispunct(int c);
int isxdigit(int c);
int isblank(int c);

#ifdef __cplusplus
}
#endif
#endif
