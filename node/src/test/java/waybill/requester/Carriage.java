package waybill.requester;

import static org.assertj.core.api.Assertions.assertThat;
import static waybill.requester.Stage.RECIPIENT;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import waybill.protocol.BackendUrl;
import waybill.protocol.Packet;
import waybill.protocol.PacketCodec;
import waybill.protocol.Sha256;
import waybill.requester.RequesterConfig.Via;
import waybill.requester.Stage.Host;
import waybill.requester.byhand.Export;
import waybill.requester.byhand.Export.Exported;
import waybill.requester.byhand.Homecoming;
import waybill.requester.byhand.Homecoming.Result;
import waybill.requester.byhand.Import;
import waybill.requester.byhand.Imported;
import waybill.requester.outbox.OutboxTask;

/** A stick that is filled at home, delivered from at a gateway, and brought home again. */
final class Carriage {
    final Path directory;
    final Path stick;
    final Stage home;
    final Stage gateway;
    final Host backend;

    Carriage(Path directory) throws IOException {
        this.directory = directory;
        stick = Files.createDirectory(directory.resolve("stick"));
        home = new Stage(Files.createDirectory(directory.resolve("home")));
        gateway = new Stage(Files.createDirectory(directory.resolve("gateway")));
        gateway.config.via(Via.DIRECT).giveUp(Duration.ofMinutes(1));
        backend = gateway.backend();
        backend.put = Stage::receipt;
    }

    OutboxTask seal(String content) throws Exception {
        try (Requester requester = home.open()) {
            assertThat(requester.learn(Stage.profile(1).bytes())).isPresent();
            return requester
                    .seal(List.of(home.file("in/" + content + ".txt", content)), home.steps::add)
                    .orElseThrow();
        }
    }

    List<Exported> export(boolean oneWay) throws Exception {
        List<Exported> results = new ArrayList<>();
        try (Requester requester = home.open()) {
            new Export(requester, stick).run(requester.outstanding(), oneWay, new Export.Listener() {
                @Override
                public void copied(OutboxTask task, long bytes) {}

                @Override
                public void exported(Exported result) {
                    results.add(result);
                }
            });
        }
        return results;
    }

    List<Imported> deliver() throws Exception {
        return deliver(stick, false);
    }

    List<Imported> deliver(Path outcomes, boolean remove) throws Exception {
        List<Imported> results = new ArrayList<>();
        try (Requester requester = gateway.open()) {
            new Import(requester, requester.batch(1), Stage.BACKEND, stick, outcomes, remove)
                    .run(new Import.Listener() {
                        @Override
                        public void found(int deliveries) {}

                        @Override
                        public Journey journey(Packet.Label label) {
                            return gateway.steps::add;
                        }

                        @Override
                        public void imported(Imported result) {
                            results.add(result);
                        }
                    });
        }
        return results;
    }

    List<Result> collect(boolean remove) throws Exception {
        List<Result> results = new ArrayList<>();
        try (Requester requester = home.open()) {
            new Homecoming(requester, stick).run(requester.outstanding(), remove, new Homecoming.Listener() {
                @Override
                public Journey journey(OutboxTask task) {
                    return home.steps::add;
                }

                @Override
                public void collected(Result result) {
                    results.add(result);
                }
            });
        }
        return results;
    }

    Path file(OutboxTask task, String kind) {
        return stick.resolve(task.id() + "." + task.key().sha256() + "." + kind);
    }

    List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(stick)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.equals(".waybill.lock"))
                    .sorted()
                    .toList();
        }
    }

    byte[] sealed(OutboxTask task) throws IOException {
        return Files.readAllBytes(home.data().resolve("outbox/" + task.id() + "/parcel.age"));
    }

    /** A parcel of this content as anybody could lay it there, with what the label says of it changed. */
    Packet.Label lay(String content, BackendUrl to) throws IOException {
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        Packet.Label label = new Packet.Label(
                waybill.protocol.TaskId.fresh(gateway.clocks, new java.util.SplittableRandom(content.hashCode())),
                to,
                bytes.length,
                Sha256.of(bytes),
                Sha256.of(new byte[0]),
                RECIPIENT);
        lay(label, PacketCodec.encode(label));
        Files.write(stick.resolve(label.id() + "." + label.sha256() + ".parcel"), bytes);
        return label;
    }

    void lay(Packet.Label name, byte[] label) throws IOException {
        Files.write(stick.resolve(name.id() + "." + name.sha256() + ".label"), label);
    }

    Path parcel(Packet.Label label) {
        return stick.resolve(label.id() + "." + label.sha256() + ".parcel");
    }

    static List<Imported.Kind> unfit(List<Imported> results) {
        return results.stream()
                .filter(Imported.Unfit.class::isInstance)
                .map(result -> ((Imported.Unfit) result).kind())
                .toList();
    }

    static void fifo(Path path) throws Exception {
        assertThat(new ProcessBuilder("mkfifo", path.toString()).start().waitFor())
                .isZero();
    }
}
