-- Customers who ever bought many at once.
select count(*) as customers
from customer
where c_custkey in (select lo_custkey from lineorder where lo_quantity > 45)
