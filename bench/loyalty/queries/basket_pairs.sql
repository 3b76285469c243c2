-- Which two categories are in the most receipts together.
with baskets as (
  select distinct lo_orderkey as receipt, p_category as category
  from lineorder, part
  where lo_partkey = p_partkey)
select a.category as category, b.category as other, count(*) as receipts
from baskets a, baskets b
where a.receipt = b.receipt
  and a.category < b.category
group by a.category, b.category
order by receipts desc, category, other
limit 20
