-- Every line to its order, 4 to 1, by columns that are no link: the build side has as many rows as there are orders.
select count(*) as lines, sum(l.lo_revenue) as revenue, sum(o.total - l.lo_quantity) as rest
from lineorder l
join (select lo_orderkey as receipt, lo_ordtotalprice as total from lineorder where lo_linenumber = 1) o on l.lo_orderkey = o.receipt
