package warehouse;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.connector.catalog.CatalogV2Util;
import org.apache.spark.sql.connector.catalog.Column;
import org.apache.spark.sql.connector.catalog.SupportsRead;
import org.apache.spark.sql.connector.catalog.SupportsRowLevelOperations;
import org.apache.spark.sql.connector.catalog.SupportsWrite;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableCapability;
import org.apache.spark.sql.connector.catalog.TableChange;
import org.apache.spark.sql.connector.catalog.TruncatableTable;
import org.apache.spark.sql.connector.catalog.constraints.Constraint;
import org.apache.spark.sql.connector.catalog.constraints.PrimaryKey;
import org.apache.spark.sql.connector.expressions.Expressions;
import org.apache.spark.sql.connector.expressions.NamedReference;
import org.apache.spark.sql.connector.expressions.Transform;
import org.apache.spark.sql.connector.read.ScanBuilder;
import org.apache.spark.sql.connector.write.LogicalWriteInfo;
import org.apache.spark.sql.connector.write.RowLevelOperation;
import org.apache.spark.sql.connector.write.RowLevelOperationBuilder;
import org.apache.spark.sql.connector.write.RowLevelOperationInfo;
import org.apache.spark.sql.connector.write.WriteBuilder;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/**
 * A table of rows in memory. Its rows are a list that is never changed, only replaced by a longer or
 * another one, so that a reader sees one state of it. UPDATE, DELETE and MERGE replace all of it.
 */
class MemoryTable
    implements Table, SupportsRead, SupportsWrite, SupportsRowLevelOperations, TruncatableTable {

  private static final String CLUSTERING = "cluster_by";
  private static final AtomicLong HISTORIES = new AtomicLong();

  private final String name;
  private volatile Column[] columns;
  private volatile Transform[] layout;
  private volatile Map<String, String> properties;
  private volatile Constraint[] constraints;
  private volatile List<InternalRow> rows = List.of();
  private volatile long history = HISTORIES.incrementAndGet();

  MemoryTable(
      String name,
      Column[] columns,
      Transform[] layout,
      Map<String, String> properties,
      Constraint[] constraints) {
    this.name = name;
    this.columns = columns;
    this.layout = layout;
    this.properties = Map.copyOf(properties);
    this.constraints = constraints == null ? new Constraint[0] : constraints;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Column[] columns() {
    return columns;
  }

  private StructType rowType() {
    return CatalogV2Util.v2ColumnsToStructType(columns);
  }

  @Override
  public Transform[] partitioning() {
    return layout;
  }

  /** The properties, and what Delta reports among them: the columns of CLUSTER BY. */
  @Override
  public Map<String, String> properties() {
    Map<String, String> all = new HashMap<>(properties);
    for (Transform transform : layout) {
      if (transform.name().equals(CLUSTERING)) {
        List<String> names = new ArrayList<>();
        for (NamedReference column : transform.references()) {
          names.add("[\"" + String.join("\",\"", column.fieldNames()) + "\"]");
        }
        all.put("clusteringColumns", "[" + String.join(",", names) + "]");
      }
    }
    return all;
  }

  /** The properties that statements set. */
  Map<String, String> ownProperties() {
    return properties;
  }

  @Override
  public Constraint[] constraints() {
    return constraints;
  }

  @Override
  public Set<TableCapability> capabilities() {
    return EnumSet.of(
        TableCapability.BATCH_READ, TableCapability.BATCH_WRITE, TableCapability.TRUNCATE);
  }

  List<InternalRow> rows() {
    return rows;
  }

  /** A number that changes whenever rows that were there may have, and how many rows there are. */
  synchronized long[] position() {
    return new long[] {history, rows.size()};
  }

  synchronized void append(List<InternalRow> added) {
    List<InternalRow> all = new ArrayList<>(rows.size() + added.size());
    all.addAll(rows);
    all.addAll(added);
    rows = all;
  }

  synchronized void replace(List<InternalRow> all) {
    rows = all;
    history = HISTORIES.incrementAndGet();
  }

  /** Replaces what a statement read, unless another statement got in between. */
  synchronized void replace(List<InternalRow> all, List<InternalRow> read) {
    if (rows != read) {
      throw new IllegalStateException(
          "[DELTA_CONCURRENT_APPEND] " + name + " was changed by another statement meanwhile");
    }
    replace(all);
  }

  @Override
  public boolean truncateTable() {
    replace(List.of());
    return true;
  }

  /** All rows, or with the options `first` and `end` those from one number to before the other. */
  @Override
  public ScanBuilder newScanBuilder(CaseInsensitiveStringMap options) {
    List<InternalRow> all = rows;
    List<InternalRow> wanted =
        all.subList(options.getInt("first", 0), options.getInt("end", all.size()));
    return () -> new MemoryScan(rowType(), wanted);
  }

  @Override
  public WriteBuilder newWriteBuilder(LogicalWriteInfo info) {
    return MemoryWrite.builder(this::append, this::replace);
  }

  @Override
  public RowLevelOperationBuilder newRowLevelOperationBuilder(RowLevelOperationInfo info) {
    List<InternalRow> read = rows;
    return () ->
        new RowLevelOperation() {
          @Override
          public Command command() {
            return info.command();
          }

          @Override
          public ScanBuilder newScanBuilder(CaseInsensitiveStringMap options) {
            return () -> new MemoryScan(rowType(), read);
          }

          @Override
          public WriteBuilder newWriteBuilder(LogicalWriteInfo write) {
            return MemoryWrite.builder(all -> replace(all, read), all -> replace(all, read));
          }
        };
  }

  // ALTER TABLE

  synchronized void alter(TableChange... changes) {
    scala.collection.immutable.Seq<TableChange> all =
        CollectionConverters.asScala(Arrays.asList(changes)).toSeq();
    Map<String, String> formerNames = new HashMap<>();
    List<Constraint> keys = new ArrayList<>(Arrays.asList(constraints));
    for (TableChange change : changes) {
      if (change instanceof TableChange.RenameColumn renamed && renamed.fieldNames().length == 1) {
        formerNames.put(renamed.newName(), renamed.fieldNames()[0]);
      } else if (change instanceof TableChange.AddConstraint added) {
        requireFitting(added.constraint(), keys);
        keys.add(added.constraint());
      } else if (change instanceof TableChange.DropConstraint dropped) {
        keys.removeIf(key -> key.name().equalsIgnoreCase(dropped.name()));
      } else if (change instanceof TableChange.ClusterBy clustering) {
        layout = clusteredBy(clustering.clusteringColumns());
      }
    }
    constraints = keys.toArray(new Constraint[0]);
    properties = CatalogV2Util.applyPropertiesChanges(properties, all);

    StructType before = rowType();
    StructType after =
        CatalogV2Util.applySchemaChanges(before, all, Option.apply("delta"), "ALTER TABLE");
    if (!after.equals(before)) {
      List<InternalRow> converted = new ArrayList<>(rows.size());
      for (InternalRow row : rows) {
        converted.add(converted(row, before, after, formerNames));
      }
      columns = CatalogV2Util.structTypeToV2Columns(after, true);
      rows = converted;
    }
  }

  private void requireFitting(Constraint added, List<Constraint> present) {
    for (Constraint constraint : present) {
      if (constraint.name().equalsIgnoreCase(added.name())) {
        throw new IllegalArgumentException(
            "[CONSTRAINT_ALREADY_EXISTS] " + added.name() + " is a constraint of " + name);
      }
    }
    if (added instanceof PrimaryKey key) {
      for (NamedReference column : key.columns()) {
        if (rowType().apply(column.fieldNames()[0]).nullable()) {
          throw new IllegalArgumentException(
              "[DELTA_PRIMARY_KEY_COLUMN_NULLABLE] "
                  + column
                  + " of "
                  + name
                  + " allows nulls and cannot be in the primary key "
                  + added.name());
        }
      }
    }
  }

  private static Transform[] clusteredBy(NamedReference[] columns) {
    return columns.length == 0
        ? new Transform[0]
        : new Transform[] {Expressions.apply(CLUSTERING, columns)};
  }

  private static InternalRow converted(
      InternalRow row, StructType before, StructType after, Map<String, String> formerNames) {
    Object[] values = new Object[after.length()];
    for (int i = 0; i < values.length; i++) {
      String column = after.fields()[i].name();
      Option<Object> position = before.getFieldIndex(formerNames.getOrDefault(column, column));
      if (position.isDefined()) {
        int place = (Integer) position.get();
        values[i] = row.isNullAt(place) ? null : row.get(place, before.fields()[place].dataType());
      }
    }
    return new GenericInternalRow(values);
  }

  synchronized void forbidNulls(String column) {
    StructType schema = rowType();
    int place = schema.fieldIndex(column);
    for (InternalRow row : rows) {
      if (row.isNullAt(place)) {
        throw new IllegalStateException(
            "[DELTA_NEW_NOT_NULL_VIOLATION] column " + column + " of " + name + " holds nulls");
      }
    }
    StructField[] fields = schema.fields().clone();
    StructField field = fields[place];
    fields[place] = new StructField(field.name(), field.dataType(), false, field.metadata());
    columns = CatalogV2Util.structTypeToV2Columns(new StructType(fields), true);
  }
}
