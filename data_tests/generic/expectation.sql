{#
  Expectations are declared once, as generic tests in YAML:

      data_tests:
        - expectation:
            name: silver_pos_deliveries__has_items
            arguments: {expression: line_item_count > 0, action: drop}

  The name is `<model>__<expectation>`. The expression is about one row of the model's typed,
  unfiltered step; a row meets it only when it is true (null is not). Actions:
    drop   the model leaves the row out, silver_quarantined_events takes it;
    warn   the row stays, dbt warns with the number of such rows in the last load;
    fail   the model's own query stops by stop_if, naming up to 5 ids: nothing is written.
  `unique_key` instead of `expression` expects that no two rows share it.

  This test fails, or warns, for each row in scope that does not meet the expression; with
  unique_key, for each value that rows share.
#}
{% test expectation(model, action, expression=none, unique_key=none) %}
    {{ config(severity='warn' if action == 'warn' else 'error') }}
    {%- if unique_key %}
    select {{ unique_key }} from {{ model }}
    where {{ touched(model) }}
    group by {{ unique_key }}
    having count(*) > 1
    {%- else %}
    select * from {{ model }}
    where
        {{ touched(model) }} and not coalesce({{ expression }}, false)
        {%- if model.identifier in var('streams').values() | map(attribute='deliveries') %}
        and verdict <> 'rejected'
        {%- endif %}
    {%- endif %}
{% endtest %}
