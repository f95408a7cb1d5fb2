// STEP freeing: so far nothing is given back.
new_address_space::~new_address_space() {
}
