#!/usr/bin/env python3
"""Writes the small tables of tests/logic (tests/logic/data/*.csv): fixed, with NULLs and ties."""
import csv
import datetime
import os
import random

out = os.path.join(os.path.dirname(__file__), "..", "logic", "data")
rng = random.Random(20251122)


def write(name, header, rows):
    with open(os.path.join(out, name), "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def maybe(value, share=0.1):
    return "" if rng.random() < share else value


regions = ["North", "South", "East", "West", ""]
stores = [
    (i, f"Store {i}", regions[i % 5], ["Arka", "Bor", "Cheb", "Arka"][i % 4],
     datetime.date(2015 + i, 1 + i % 12, 1 + 3 * i % 28))
    for i in range(1, 10)
]
brands = [(i, name) for i, name in enumerate(["Acme", "Bolt", "Crisp", "Délice"], 1)]
categories = ["Dairy", "Bakery", "Drinks", "Молоко", "100%_off"]
products = [(i, f"Product {i:02}", maybe(categories[i % 5]), maybe(1 + i % 4)) for i in range(1, 26)]
customers = [
    (i, rng.choice(["Anna", "boris", "Clara", "Дарья", "anna", "O'Hara"]) + f" {i % 7}",
     maybe(rng.choice(["Arka", "Bor", "Cheb", "Dno"]), 0.15),
     maybe(datetime.date(1950 + i % 55, 1 + i % 12, 1 + i % 28)))
    for i in range(1, 41)
]
sales = []
for i in range(1, 601):
    day = datetime.date(2024, 11, 15) + datetime.timedelta(days=rng.randrange(430))
    price = rng.choice([0.05, 1.5, 12.99, 99.9, 250, 1000.01])
    quantity = rng.choice([1, 1, 1, 2, 3, 10, -1])
    paid = f"{price * quantity:.2f}"
    sales.append((
        i, day, rng.randrange(1, 10), maybe(rng.randrange(1, 26), 0.03), maybe(rng.randrange(1, 36), 0.2),
        quantity, maybe(paid, 0.05), maybe(f"{price * quantity * 0.7:.2f}", 0.1),
        maybe(rng.choice(["web", "shop", "app"])),
        f"{day} {rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}",
        maybe(rng.choice([0.5, 1.25, 3.75, -2, 1e3])), maybe(rng.choice(["true", "false"]))))

write("stores.csv", ["id", "name", "region", "city", "opened"], stores)
write("brands.csv", ["id", "name"], brands)
write("products.csv", ["id", "name", "category", "brand"], products)
write("customers.csv", ["id", "name", "city", "birth"], customers)
write("sales.csv", ["id", "day", "store", "product", "customer", "qty", "paid", "cost", "channel",
                    "sold_at", "weight", "online"], sales)
