-- A text within a text, of about a million different ones.
select count(*) as visits, sum(v_amount) as amount
from visits
where v_page like '%/zima/%' or v_page like '%obuv-%7?%'
