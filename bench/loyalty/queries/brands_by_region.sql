-- The ten best brands of each region.
select c_region, p_brand1, revenue, place
from (
  select c_region, p_brand1, sum(lo_revenue) as revenue,
         row_number() over (partition by c_region order by sum(lo_revenue) desc, p_brand1) as place
  from lineorder, customer, part
  where lo_custkey = c_custkey
    and lo_partkey = p_partkey
  group by c_region, p_brand1) as brands
where place <= 10
order by c_region, place
