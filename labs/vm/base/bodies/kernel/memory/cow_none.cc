// absent: inherit_page
