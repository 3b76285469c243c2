-- The median check and the largest twentieth, by the customer's nation.
select c_nation, count(*) as receipts, quantileExactInclusive(0.5)(amount) as median,
       quantileExactInclusive(0.95)(amount) as p95
from (
  select lo_orderkey, lo_custkey, sum(lo_revenue) as amount
  from lineorder
  group by lo_orderkey, lo_custkey) as receipts, customer
where lo_custkey = c_custkey
group by c_nation
order by c_nation
