// absent: inherit_page
// absent: resolve_write
