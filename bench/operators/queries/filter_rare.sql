-- About one row of six thousand.
select lo_orderkey, lo_linenumber, lo_revenue, lo_shipmode
from lineorder
where lo_quantity = 50
  and lo_discount = 10
  and lo_tax = 8
order by lo_orderkey, lo_linenumber
limit 100
