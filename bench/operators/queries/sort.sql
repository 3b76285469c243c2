-- All rows sorted, the ten in the middle leave, so that no heap of the first ones will do.
select lo_revenue, lo_orderkey, lo_linenumber, lo_shipmode
from lineorder
order by lo_revenue, lo_orderkey, lo_linenumber
limit 10 offset ${middle}
