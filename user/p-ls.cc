// p-ls - what files there are
//
//    Boot words: files=on view=text
#include "u-file.hh"

void process_main() {
    file_info info;
    uint64_t bytes = 0;
    int files = 0;
    console_printf("     bytes  pages in memory\n");
    for (int next = 0; (next = sys_readdir(next, &info)) > 0; ++files) {
        console_printf("%10lu %8lu          %s\n", info.size, info.cached, info.name);
        bytes += info.size;
    }
    console_printf("%10lu                   in %d files\n", bytes, files);
    log_printf("%d files of %lu bytes", files, bytes);
}
