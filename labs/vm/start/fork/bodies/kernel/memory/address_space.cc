// STEP fork
int new_address_space::copy(address_space) {
    return E_NOSYS;
}
