-- A segment by sets: bought a category in a year, spent so much in all, never bought a brand.
select c_region, count(*) as customers
from customer
where c_custkey in (
    select lo_custkey
    from lineorder, part, dates
    where lo_partkey = p_partkey and lo_orderdate = d_datekey and p_category = 'MFGR#12' and d_year = 1997)
  and c_custkey in (select lo_custkey from lineorder group by lo_custkey having sum(lo_revenue) > 900000000)
  and c_custkey not in (select lo_custkey from lineorder, part where lo_partkey = p_partkey and p_brand1 = 'MFGR#2221')
group by c_region
order by c_region
