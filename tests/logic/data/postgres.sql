-- The tables of tests/logic for PostgreSQL (collation C), from which expected rows come.
CREATE TABLE stores (id bigint PRIMARY KEY, name text, region text, city text, opened date);
CREATE TABLE brands (id bigint PRIMARY KEY, name text);
CREATE TABLE products (id bigint PRIMARY KEY, name text, category text, brand bigint);
CREATE TABLE customers (id bigint PRIMARY KEY, name text, city text, birth date);
CREATE TABLE sales (id bigint, day date, store bigint, product bigint, customer bigint, qty integer,
                    paid numeric(12,2), cost numeric(12,2), channel text, sold_at timestamp,
                    weight double precision, online boolean);
\copy stores FROM 'stores.csv' CSV HEADER
\copy brands FROM 'brands.csv' CSV HEADER
\copy products FROM 'products.csv' CSV HEADER
\copy customers FROM 'customers.csv' CSV HEADER
\copy sales FROM 'sales.csv' CSV HEADER
