package warehouse;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.connector.catalog.Column;
import org.apache.spark.sql.connector.catalog.Relation;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableCatalog;
import org.apache.spark.sql.connector.catalog.View;
import org.apache.spark.sql.connector.catalog.constraints.Constraint;
import org.apache.spark.sql.connector.catalog.constraints.ForeignKey;
import org.apache.spark.sql.connector.catalog.constraints.PrimaryKey;
import org.apache.spark.sql.connector.expressions.NamedReference;

/** Relations as maps, to be written as JSON. */
class Descriptions {

  private Descriptions() {}

  static Map<String, Object> of(String key, Relation relation) {
    int dot = key.indexOf('.');
    Map<String, Object> described = new HashMap<>();
    described.put("schema", key.substring(0, dot));
    described.put("name", key.substring(dot + 1));
    described.put("query", relation instanceof View view ? view.queryText() : null);
    described.put("comment", relation.properties().get(TableCatalog.PROP_COMMENT));
    List<Map<String, Object>> columns = new ArrayList<>();
    for (Column column : relation.columns()) {
      Map<String, Object> item = new HashMap<>();
      item.put("name", column.name());
      item.put("type", column.dataType().json());
      item.put("nullable", column.nullable());
      item.put("comment", column.comment());
      columns.add(item);
    }
    described.put("columns", columns);
    List<Map<String, Object>> keys = new ArrayList<>();
    if (relation instanceof Table table) {
      for (Constraint constraint : table.constraints()) {
        keys.add(key(constraint));
      }
    }
    described.put("keys", keys);
    return described;
  }

  private static Map<String, Object> key(Constraint constraint) {
    Map<String, Object> item = new HashMap<>();
    item.put("name", constraint.name());
    item.put("kind", constraint.toDescription().replaceFirst("^(\\w+( KEY)?).*", "$1"));
    item.put("columns", List.of());
    item.put("parent", List.of());
    item.put("parent_columns", List.of());
    if (constraint instanceof PrimaryKey primary) {
      item.put("columns", names(primary.columns()));
    } else if (constraint instanceof ForeignKey foreign) {
      item.put("columns", names(foreign.columns()));
      List<String> parent = new ArrayList<>(List.of(foreign.referencedTable().namespace()));
      parent.add(foreign.referencedTable().name());
      item.put("parent", parent);
      item.put("parent_columns", names(foreign.referencedColumns()));
    }
    return item;
  }

  private static List<String> names(NamedReference[] columns) {
    List<String> names = new ArrayList<>();
    for (NamedReference column : columns) {
      names.add(column.fieldNames()[0]);
    }
    return names;
  }
}
