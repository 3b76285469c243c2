-- The hundred largest of all rows.
select lo_revenue, lo_orderkey, lo_linenumber
from lineorder
order by lo_revenue desc, lo_orderkey, lo_linenumber
limit 100
