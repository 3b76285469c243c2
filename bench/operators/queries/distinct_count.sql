-- Distinct values: of few, of many.
select count(distinct lo_custkey) as customers, count(distinct lo_extendedprice) as prices, count(distinct lo_orderkey) as receipts
from lineorder
