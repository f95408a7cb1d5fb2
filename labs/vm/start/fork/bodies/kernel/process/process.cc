// STEP fork
int fork_process(proc&) {
    return E_NOSYS;
}
