// STEP four: so far there is one process.
void start_processes(const char* command) {
    process_setup(1, command);
}
