package warehouse;

import java.util.function.Consumer;
import org.apache.spark.sql.connector.catalog.StagedTable;
import org.apache.spark.sql.connector.metric.CustomTaskMetric;

/** A table that nobody sees until the statement which makes it has succeeded. */
class StagedMemoryTable extends MemoryTable implements StagedTable {

  private final Consumer<MemoryTable> publish;

  StagedMemoryTable(MemoryTable table, Consumer<MemoryTable> publish) {
    super(
        table.name(),
        table.columns(),
        table.partitioning(),
        table.ownProperties(),
        table.constraints());
    this.publish = publish;
  }

  @Override
  public void commitStagedChanges() {
    MemoryTable table =
        new MemoryTable(name(), columns(), partitioning(), ownProperties(), constraints());
    table.append(rows());
    publish.accept(table);
  }

  @Override
  public void abortStagedChanges() {}

  @Override
  public CustomTaskMetric[] reportDriverMetrics() {
    return new CustomTaskMetric[0];
  }
}
