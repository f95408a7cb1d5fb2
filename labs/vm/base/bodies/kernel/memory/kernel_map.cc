// absent: share_kernel_map
