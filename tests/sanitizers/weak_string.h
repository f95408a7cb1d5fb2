/* weak_string.h - included before lib/string.cc where it is checked

      Its functions that access memory in assembly give way to those of address.cc, also where others in that file call
      them. */
#pragma weak memcpy
#pragma weak memmove
#pragma weak memset
