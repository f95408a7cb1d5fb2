// devices.hh - the devices that a person and the clock need, brought up together
//
//    What a machine lacks is told and done without: nothing here waits for hardware.
#ifndef KINGLET_DEVICES_HH
#define KINGLET_DEVICES_HH

// warn(text)
//    Log, and show, what people should know and the kernel goes on with.
void warn(const char* text);

// start_devices(is_text)
//    Bring up the screen, as `init_screen` does, the keyboard, the timer, and the interrupts of
//    both. Returns false if there is no timer: then nothing comes by itself.
bool start_devices(bool is_text);

#endif
