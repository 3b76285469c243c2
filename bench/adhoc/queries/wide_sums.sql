-- Ten of 350 columns.
select sum(m001) as a, sum(m038) as b, sum(m075) as c, sum(m112) as d, sum(m149) as e, sum(m186) as f, sum(m223) as g, sum(m260) as h, sum(m297) as i, sum(m334) as j
from wide
