// Orders and the sessions around them: the online side of receipts.
//
// Nothing of it is kept: an online receipt's own stream tells the session that led to it, a session
// given up earlier that day, and now and then an order that came to nothing.
#pragma once
#include "demo_chain.h"

// Writes the orders and events that belong to a receipt; nothing unless it is an online sale.
void digital_write(const Chain *chain, uint32_t index, const Basket *basket, DemoBatch *batch);
// The order number of the receipt with that key.
char *put_order_no(char *out, uint32_t receipt_key);
