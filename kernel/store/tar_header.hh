// tar_header.hh - one sector of a tar archive that says what the following ones hold
//
//    An archive is a row of sectors of 512 bytes: a header, the file's contents, the next header,
//    and so on. Two sectors of zeros end it. (POSIX.1-2017, pax, "ustar Interchange Format"; GNU
//    tar manual, "Basic Tar Format".) Numbers are octal digits; large ones are binary, with the top
//    bit of the first byte set.
#ifndef KINGLET_TAR_HEADER_HH
#define KINGLET_TAR_HEADER_HH
#include "lib.hh"

constexpr unsigned sector_size = 512;   // bytes

struct tar_header {
    char name[100];                     // without a zero byte if it takes all the room
    char mode[8];
    char user[8];
    char group[8];
    char size[12];                      // of the contents, in bytes
    char time[12];                      // of the last change, in seconds since 1970
    char checksum[8];                   // sum of all bytes, these eight taken as blanks
    char type;                          // one of `tar_type`
    char link[100];
    char magic[6];
    char version[2];
    char owners[80];                    // names and device numbers, which Kinglet has no use for
    char prefix[155];                   // POSIX: the name's beginning, before a `/`
    char unused[12];
};
static_assert(sizeof(tar_header) == sector_size);

constexpr char tar_file = '0', tar_file_of_old = '\0', tar_contiguous = '7';
constexpr char tar_folder = '5';
constexpr char tar_sparse = 'S';        // GNU: with holes; more headers may follow
constexpr char tar_long_name = 'L';     // GNU: the contents are the next file's name
constexpr char tar_long_link = 'K';     // GNU: or its link's
constexpr char tar_extended = 'x';      // POSIX: records about the next file
constexpr char tar_extended_all = 'g';  // POSIX: records about all files from here on

// sectors_of(size)
//    How many sectors that many bytes take.
constexpr uint64_t sectors_of(uint64_t size) {
    return size / sector_size + (size % sector_size != 0);
}

// is_zero(sector)
//    Whether all its bytes are zero.
bool is_zero(const uint8_t* sector);

// is_header(header)
//    Whether its checksum is right. Some old archivers took bytes to be signed.
bool is_header(const tar_header& header);

// read_number(field, size, value)
//    The number in a field. False if it makes no sense, or is 2^63 or more.
bool read_number(const char* field, size_t size, uint64_t& value);

// read_name(header, name)
//    The name, which has at most 256 bytes; `name` has room for it and a zero byte.
constexpr unsigned header_name_limit = 256;
void read_name(const tar_header& header, char* name);

// has_more_sparse(sector, is_first)
//    Whether a sector with a list of holes is followed by another one. The first is the header.
bool has_more_sparse(const uint8_t* sector, bool is_first);

// make_header(name, type, size, mode, time)
//    A header of that name, cut if it does not fit.
tar_header make_header(const char* name, char type, uint64_t size, unsigned mode, uint64_t time);

#endif
