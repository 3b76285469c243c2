-- Month by region by category, sums alone.
select d_yearmonthnum, c_region, p_category, sum(lo_revenue) as revenue, sum(lo_quantity) as units
from lineorder, dates, customer, part
where lo_orderdate = d_datekey
  and lo_custkey = c_custkey
  and lo_partkey = p_partkey
group by d_yearmonthnum, c_region, p_category
order by d_yearmonthnum, c_region, p_category
