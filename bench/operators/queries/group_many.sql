-- As many groups as there are orders.
select count(*) as receipts, max(revenue) as largest, max(lines) as longest, sum(units) as units
from (
  select lo_orderkey, sum(lo_revenue) as revenue, count(*) as lines, sum(lo_quantity) as units
  from lineorder
  group by lo_orderkey) as receipts
