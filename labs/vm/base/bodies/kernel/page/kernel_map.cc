// absent: map_entry_area
