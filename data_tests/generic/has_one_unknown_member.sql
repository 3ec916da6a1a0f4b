{# Fails unless exactly one row of the dimension has the key -1. #}
{% test has_one_unknown_member(model, column_name) %}
    select count(*) as unknown_members
    from {{ model }}
    where {{ column_name }} = -1
    having count(*) <> 1
{% endtest %}
