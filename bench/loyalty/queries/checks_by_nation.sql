-- The median check and the largest twentieth, by the customer's nation.
select c_nation, count(*) as receipts, percentile_cont(0.5) within group (order by amount) as median,
       percentile_cont(0.95) within group (order by amount) as p95
from (
  select lo_orderkey, lo_custkey, sum(lo_revenue) as amount
  from lineorder
  group by lo_orderkey, lo_custkey) as receipts, customer
where lo_custkey = c_custkey
group by c_nation
order by c_nation
