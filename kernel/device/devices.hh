// devices.hh - the devices that a person and the clock need, brought up together
//
//    If the machine lacks a device, the kernel says so and goes on without it: nothing here waits
//    for hardware.
#ifndef KINGLET_DEVICES_HH
#define KINGLET_DEVICES_HH

// warn(text)
//    Log and show a warning that people should read; the kernel goes on.
void warn(const char* text);

// start_devices(is_text)
//    Bring up the screen, as `init_screen` does, the keyboard, the timer, and the interrupts of
//    both. Returns false if there is no timer: then nothing comes by itself.
bool start_devices(bool is_text);

#endif
