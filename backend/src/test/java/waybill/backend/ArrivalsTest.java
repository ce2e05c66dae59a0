package waybill.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import waybill.protocol.DeliveryKey;

class ArrivalsTest {
    @TempDir
    Path temporary;

    private final TestClock clock = new TestClock();
    private Bench bench;

    @BeforeEach
    void start() throws Exception {
        bench = new Bench(temporary.resolve("backend"), clock, false);
    }

    @AfterEach
    void stop() throws IOException {
        bench.close();
    }

    private List<DeliveryKey> deliver(int many) throws Exception {
        List<DeliveryKey> keys = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            // Backwards in time, as a clock that is put right may run: the feed goes by commits, not by dates.
            clock.pass(Duration.ofSeconds(-10));
            Sealed sealed = bench.seal("number " + i);
            bench.delivered(Bench.arrival(sealed));
            keys.add(sealed.key());
        }
        return keys;
    }

    private List<Arrivals.Arrival> after(long sequence, int limit) throws Exception {
        return Arrivals.after(bench.directory, sequence, limit);
    }

    @Test
    void lists_what_came_in_in_the_order_it_was_committed_beside_the_running_server() throws Exception {
        List<DeliveryKey> keys = deliver(5);

        List<Arrivals.Arrival> all = after(0, 100);

        assertThat(all).extracting(Arrivals.Arrival::key).isEqualTo(keys);
        assertThat(all).allSatisfy(arrival -> {
            assertThat(Files.size(arrival.parcel())).isEqualTo(arrival.size());
            assertThat(bench.verified(arrival.receipt().orElseThrow(), arrival.key(), arrival.size()))
                    .isNotNull();
        });
        assertThat(all.getLast().received()).isEqualTo(clock.instant().truncatedTo(ChronoUnit.MILLIS));
    }

    @Test
    void goes_on_from_any_point_and_repeats_nothing() throws Exception {
        List<DeliveryKey> keys = deliver(5);
        List<DeliveryKey> read = new ArrayList<>();

        long seen = 0;
        List<Arrivals.Arrival> page;
        do {
            page = after(seen, 2);
            for (Arrivals.Arrival arrival : page) {
                read.add(arrival.key());
                seen = arrival.sequence();
            }
        } while (!page.isEmpty());
        List<DeliveryKey> more = deliver(1);

        assertThat(read).isEqualTo(keys);
        assertThat(after(seen, 100)).extracting(Arrivals.Arrival::key).isEqualTo(more);
    }

    @Test
    void keeps_its_order_over_a_restart_and_while_nothing_runs() throws Exception {
        List<DeliveryKey> keys = deliver(3);
        List<Long> places =
                after(0, 100).stream().map(Arrivals.Arrival::sequence).toList();

        bench.restart();
        bench.delivered(Bench.arrival(bench.seal("after the restart")));
        bench.store.close();

        List<Arrivals.Arrival> all = after(0, 100);
        assertThat(all).extracting(Arrivals.Arrival::key).startsWith(keys.toArray(DeliveryKey[]::new));
        assertThat(all).extracting(Arrivals.Arrival::sequence).startsWith(places.toArray(Long[]::new));
        assertThat(all).hasSize(4);
        bench.open();
    }

    @Test
    void is_empty_before_the_first_run() throws Exception {
        Path fresh = temporary.resolve("fresh");
        BackendInit.init(fresh, BackendInit.Options.of("backend.example"), clock);

        assertThat(Arrivals.after(fresh, 0, 10)).isEmpty();
    }

    @Test
    void says_so_where_there_is_no_backend() {
        assertThatThrownBy(() -> Arrivals.after(temporary, 0, 10)).isInstanceOf(BackendSetupException.class);
    }
}
