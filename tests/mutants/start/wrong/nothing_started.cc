// No process is started.
// fails: one-runs
// like: pid_zero
// why: the process that the boot word names must run
// file: kernel/start.cc
void start_processes(const char*) {
}
