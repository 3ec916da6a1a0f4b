package warehouse;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.apache.spark.sql.catalyst.analysis.NamespaceAlreadyExistsException;
import org.apache.spark.sql.catalyst.analysis.NoSuchNamespaceException;
import org.apache.spark.sql.catalyst.analysis.NoSuchTableException;
import org.apache.spark.sql.catalyst.analysis.NoSuchViewException;
import org.apache.spark.sql.catalyst.analysis.TableAlreadyExistsException;
import org.apache.spark.sql.catalyst.analysis.ViewAlreadyExistsException;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.NamespaceChange;
import org.apache.spark.sql.connector.catalog.Relation;
import org.apache.spark.sql.connector.catalog.RelationCatalog;
import org.apache.spark.sql.connector.catalog.StagedTable;
import org.apache.spark.sql.connector.catalog.StagingTableCatalog;
import org.apache.spark.sql.connector.catalog.SupportsNamespaces;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableCatalogCapability;
import org.apache.spark.sql.connector.catalog.TableChange;
import org.apache.spark.sql.connector.catalog.TableInfo;
import org.apache.spark.sql.connector.catalog.View;
import org.apache.spark.sql.connector.catalog.constraints.Constraint;
import org.apache.spark.sql.connector.catalog.constraints.ForeignKey;
import org.apache.spark.sql.connector.catalog.constraints.PrimaryKey;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * A catalog of schemas, tables and views in this process's memory: what Unity Catalog and Delta give
 * Databricks, as far as the tests need it. Names are compared without regard to case. Spark makes a
 * catalog object for each session; those of one name share what they hold.
 */
public class MemoryCatalog implements RelationCatalog, StagingTableCatalog, SupportsNamespaces {

  /** The schemas of a catalog, and its tables and views by "schema.name", in lower case. */
  private record Content(
      Map<String, Map<String, String>> schemas, Map<String, Relation> relations) {}

  private static final Map<String, Content> CATALOGS = new ConcurrentHashMap<>();

  private String name;
  private Content content;

  /** The catalog of that name, for who is no session. */
  public static MemoryCatalog named(String name) {
    MemoryCatalog catalog = new MemoryCatalog();
    catalog.initialize(name, CaseInsensitiveStringMap.empty());
    return catalog;
  }

  @Override
  public void initialize(String name, CaseInsensitiveStringMap options) {
    this.name = name;
    this.content =
        CATALOGS.computeIfAbsent(
            name, n -> new Content(new ConcurrentHashMap<>(), new ConcurrentHashMap<>()));
    content.schemas.putIfAbsent("default", Map.of());
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String[] defaultNamespace() {
    return new String[] {"default"};
  }

  @Override
  public Set<TableCatalogCapability> capabilities() {
    return Set.of(TableCatalogCapability.SUPPORT_TABLE_CONSTRAINT);
  }

  private static String key(String[] schema) {
    return String.join(".", schema).toLowerCase();
  }

  private static String key(Identifier relation) {
    return key(relation.namespace()) + "." + relation.name().toLowerCase();
  }

  // Tables and views

  @Override
  public Relation loadRelation(Identifier identifier) throws NoSuchTableException {
    Relation relation = content.relations.get(key(identifier));
    if (relation == null) {
      throw new NoSuchTableException(identifier);
    }
    return relation;
  }

  private Identifier[] list(String[] schema, Predicate<Relation> kind)
      throws NoSuchNamespaceException {
    requireSchema(schema);
    String prefix = key(schema) + ".";
    return content.relations.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(prefix) && kind.test(entry.getValue()))
        .map(entry -> Identifier.of(schema, entry.getKey().substring(prefix.length())))
        .toArray(Identifier[]::new);
  }

  @Override
  public Identifier[] listTables(String[] schema) throws NoSuchNamespaceException {
    return list(schema, MemoryTable.class::isInstance);
  }

  @Override
  public Identifier[] listViews(String[] schema) throws NoSuchNamespaceException {
    return list(schema, View.class::isInstance);
  }

  private MemoryTable newTable(Identifier identifier, TableInfo info)
      throws NoSuchNamespaceException {
    requireSchema(identifier.namespace());
    return new MemoryTable(
        name + "." + identifier,
        info.columns(),
        info.partitions(),
        info.properties(),
        info.constraints());
  }

  @Override
  public Table createTable(Identifier identifier, TableInfo info)
      throws TableAlreadyExistsException, NoSuchNamespaceException {
    MemoryTable table = newTable(identifier, info);
    if (content.relations.putIfAbsent(key(identifier), table) != null) {
      throw new TableAlreadyExistsException(identifier);
    }
    return table;
  }

  @Override
  public Table alterTable(Identifier identifier, TableChange... changes)
      throws NoSuchTableException {
    MemoryTable table = (MemoryTable) loadTable(identifier);
    for (TableChange change : changes) {
      if (change instanceof TableChange.AddConstraint added
          && added.constraint() instanceof ForeignKey key) {
        requireParent(key);
      }
    }
    table.alter(changes);
    return table;
  }

  /** A foreign key must lead to the columns of a primary key. */
  private void requireParent(ForeignKey key) throws NoSuchTableException {
    Identifier parent = key.referencedTable();
    String[] path = parent.namespace();
    Table table = loadTable(Identifier.of(new String[] {path[path.length - 1]}, parent.name()));
    for (Constraint constraint : table.constraints()) {
      if (constraint instanceof PrimaryKey primary
          && Arrays.equals(primary.columns(), key.referencedColumns())) {
        return;
      }
    }
    throw new IllegalArgumentException(
        "[DELTA_FOREIGN_KEY_WITHOUT_PRIMARY_KEY] " + key.name() + ": " + parent + " has no such key");
  }

  /** NOT NULL for a column that allowed nulls, which Spark itself has no statement for. */
  public void forbidNulls(String schema, String table, String column) throws NoSuchTableException {
    ((MemoryTable) loadTable(Identifier.of(new String[] {schema}, table))).forbidNulls(column);
  }

  /** Whether there is a schema of that name. */
  public boolean hasSchema(String schema) {
    return content.schemas.containsKey(schema.toLowerCase());
  }

  /** Which history of rows a table has (another once old rows may have changed), and its row count. */
  public long[] position(String schema, String table) throws NoSuchTableException {
    return ((MemoryTable) loadTable(Identifier.of(new String[] {schema}, table))).position();
  }

  /** All relations, or the one with that "schema.name", as JSON for the information schema. */
  public String describe(String wanted) throws JsonProcessingException {
    List<Map<String, Object>> described = new ArrayList<>();
    for (Map.Entry<String, Relation> entry : new TreeMap<>(content.relations).entrySet()) {
      if (wanted.isEmpty() || wanted.equals(entry.getKey())) {
        described.add(Descriptions.of(entry.getKey(), entry.getValue()));
      }
    }
    return new ObjectMapper().writeValueAsString(described);
  }

  private boolean drop(Identifier identifier, Class<? extends Relation> kind) {
    Relation relation = content.relations.get(key(identifier));
    return kind.isInstance(relation) && content.relations.remove(key(identifier), relation);
  }

  @Override
  public boolean dropTable(Identifier identifier) {
    return drop(identifier, MemoryTable.class);
  }

  @Override
  public boolean dropView(Identifier identifier) {
    return drop(identifier, View.class);
  }

  @Override
  public void renameTable(Identifier from, Identifier to)
      throws NoSuchTableException, TableAlreadyExistsException {
    Table table = loadTable(from);
    if (content.relations.putIfAbsent(key(to), table) != null) {
      throw new TableAlreadyExistsException(to);
    }
    content.relations.remove(key(from));
  }

  @Override
  public void renameView(Identifier from, Identifier to)
      throws NoSuchViewException, ViewAlreadyExistsException {
    View view = loadView(from);
    if (content.relations.putIfAbsent(key(to), view) != null) {
      throw new ViewAlreadyExistsException(to);
    }
    content.relations.remove(key(from));
  }

  @Override
  public View createView(Identifier identifier, View view)
      throws ViewAlreadyExistsException, NoSuchNamespaceException {
    requireSchema(identifier.namespace());
    if (content.relations.putIfAbsent(key(identifier), view) != null) {
      throw new ViewAlreadyExistsException(identifier);
    }
    return view;
  }

  @Override
  public View replaceView(Identifier identifier, View view) throws NoSuchViewException {
    loadView(identifier);
    content.relations.put(key(identifier), view);
    return view;
  }

  // CREATE [OR REPLACE] TABLE … AS: the table is there with all its rows or, after an error, as before

  private StagedTable stage(Identifier identifier, TableInfo info)
      throws NoSuchNamespaceException {
    return new StagedMemoryTable(
        newTable(identifier, info), table -> content.relations.put(key(identifier), table));
  }

  @Override
  public StagedTable stageCreate(Identifier identifier, TableInfo info)
      throws TableAlreadyExistsException, NoSuchNamespaceException {
    if (content.relations.containsKey(key(identifier))) {
      throw new TableAlreadyExistsException(identifier);
    }
    return stage(identifier, info);
  }

  @Override
  public StagedTable stageReplace(Identifier identifier, TableInfo info)
      throws NoSuchTableException, NoSuchNamespaceException {
    loadTable(identifier);
    return stage(identifier, info);
  }

  @Override
  public StagedTable stageCreateOrReplace(Identifier identifier, TableInfo info)
      throws NoSuchNamespaceException {
    return stage(identifier, info);
  }

  // Schemas

  private void requireSchema(String[] schema) throws NoSuchNamespaceException {
    if (!namespaceExists(schema)) {
      throw new NoSuchNamespaceException(schema);
    }
  }

  @Override
  public String[][] listNamespaces() {
    return content.schemas.keySet().stream()
        .sorted()
        .map(schema -> new String[] {schema})
        .toArray(String[][]::new);
  }

  @Override
  public String[][] listNamespaces(String[] parent) throws NoSuchNamespaceException {
    if (parent.length == 0) {
      return listNamespaces();
    }
    requireSchema(parent);
    return new String[0][];
  }

  @Override
  public boolean namespaceExists(String[] schema) {
    return content.schemas.containsKey(key(schema));
  }

  @Override
  public Map<String, String> loadNamespaceMetadata(String[] schema)
      throws NoSuchNamespaceException {
    requireSchema(schema);
    return content.schemas.get(key(schema));
  }

  @Override
  public void createNamespace(String[] schema, Map<String, String> metadata)
      throws NamespaceAlreadyExistsException {
    if (content.schemas.putIfAbsent(key(schema), Map.copyOf(metadata)) != null) {
      throw new NamespaceAlreadyExistsException(schema);
    }
  }

  @Override
  public void alterNamespace(String[] schema, NamespaceChange... changes) {
    throw new UnsupportedOperationException("ALTER SCHEMA " + Arrays.toString(schema));
  }

  @Override
  public boolean dropNamespace(String[] schema, boolean cascade) {
    String prefix = key(schema) + ".";
    if (!cascade && content.relations.keySet().stream().anyMatch(k -> k.startsWith(prefix))) {
      throw new IllegalStateException("the schema " + key(schema) + " is not empty");
    }
    content.relations.keySet().removeIf(k -> k.startsWith(prefix));
    return content.schemas.remove(key(schema)) != null;
  }
}
