// Receipts without a card: a Poisson number a shop and day, with their returns.
#pragma once
#include "demo_simulation.h"

// Appends all cardless receipts of one shop to the log, returns after their sales.
void cardless_generate(const DemoWorld *world, uint32_t store, LifeLog *log);
