-- One row of 350 columns.
select *
from wide
where w_id = 777
