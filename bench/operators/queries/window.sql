-- A rank and a running sum over all rows, by customer.
select count(*) as lines, max(place) as most, sum(so_far) as total
from (
  select row_number() over (partition by lo_custkey order by lo_orderdate, lo_orderkey, lo_linenumber) as place,
         sum(lo_quantity) over (partition by lo_custkey order by lo_orderdate, lo_orderkey, lo_linenumber) as so_far
  from lineorder) as lines
