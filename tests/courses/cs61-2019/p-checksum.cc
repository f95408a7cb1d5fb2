// 2019: crc32c, of a whole and of parts
#include "u-lib.hh"

void process_main() {
    const char digits[] = "123456789";
    assert_eq(crc32c(digits, 9), 0xE3069283U);
    assert_eq(crc32c(crc32c(digits, 4), digits + 4, 5), 0xE3069283U);
    assert_eq(crc32c(0, digits, 0), 0U);
    uint8_t zeros[32] = {};
    assert_eq(crc32c(zeros, sizeof(zeros)), 0x8A9136AAU);
    sys_exit();
}
