-- 0.01 % of the rows, by a column without order.
select count(*) as visits, sum(v_amount) as amount, max(v_customer) as latest
from visits
where v_draw < 1
