// STEP one: so far nothing is started.
void start_processes(const char*) {
}
