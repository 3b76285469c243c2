-- Texts that begin so.
select count(*) as visits, sum(v_amount) as amount
from visits
where v_page like '/katalog/sport/%'
