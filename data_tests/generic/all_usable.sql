{# Every row of a history that its list names still has a value of its own in every column. #}
{% test all_usable(model, column_name, id) %}
select distinct
    {{ id }},
    {{ column_name }}
from {{ model }}
where
    is_listed
    and {{ column_name }} is not null
{% endtest %}
