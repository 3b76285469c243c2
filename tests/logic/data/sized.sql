-- The tables of data/sized.yaml for PostgreSQL; :rows is given by psql -v. The formulas are those of logic_sized.c.
DROP TABLE IF EXISTS kinds, sized;
CREATE TABLE kinds (id bigint PRIMARY KEY, name text);
\copy kinds FROM 'kinds.csv' CSV HEADER
CREATE TABLE sized AS
SELECT i AS id, 7::bigint AS one, CASE WHEN i % 13 <> 0 THEN i % 7 END AS few, i * 7919 % 1000003 AS many, i / 100 AS up,
       4611686018427387904 - i * 70368744177664 AS wide, NULL::bigint AS none,
       ((i * 37 % 10007 - 5000) / 100.0)::numeric(12,2) AS price,
       ((i - 30000)::text || '0000000000000000.' || lpad((i % 10000)::text, 4, '0'))::numeric(30,4) AS big,
       CASE WHEN i % 31 <> 0 THEN 'name ' || i % 97 END AS name, 'row ' || i || ' Ж' AS label,
       DATE '2020-01-01' + (i % 1000)::int AS day, TIMESTAMP '2020-01-01' + i * INTERVAL '3607 seconds' AS at,
       (i % 1000) / 8.0::double precision AS share, CASE WHEN i % 11 <> 0 THEN i % 3 = 0 END AS flag,
       CASE WHEN i % 17 <> 0 THEN i % 9 END AS kind
FROM generate_series(1::bigint, :rows) i;
