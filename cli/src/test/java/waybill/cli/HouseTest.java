package waybill.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The walls between the rooms, as {@code docs/architecture.md} draws them. */
final class HouseTest {
    private static final JavaClasses HOUSE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("waybill");

    private static final String[] PROTOCOL = {"waybill.protocol..", "waybill.signature..", "waybill.parcel.."};
    private static final String[] HOP = {"waybill.hop..", "waybill.store.."};
    private static final String[] NODE = {
        "waybill.discovery..",
        "waybill.mirror..",
        "waybill.origin..",
        "waybill.proxy..",
        "waybill.requester..",
        "waybill.relay..",
        "waybill.trust..",
        "waybill.update..",
        "waybill.upkeep.."
    };
    private static final String[] BACKEND = {"waybill.backend.."};
    private static final String[] CLI = {"waybill.cli.."};

    @Test
    void protocolKnowsNobody() {
        hold(noClasses()
                .that()
                .resideInAnyPackage(PROTOCOL)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(concat(HOP, NODE, BACKEND, CLI)));
    }

    @Test
    void hopKnowsOnlyTheProtocol() {
        hold(noClasses()
                .that()
                .resideInAnyPackage(HOP)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(concat(NODE, BACKEND, CLI)));
    }

    @Test
    void nodeAndBackendNeverSeeEachOther() {
        hold(noClasses()
                .that()
                .resideInAnyPackage(NODE)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(concat(BACKEND, CLI)));
    }

    @Test
    void backendKnowsOnlyTheHop() {
        hold(noClasses()
                .that()
                .resideInAnyPackage(BACKEND)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(concat(NODE, CLI)));
    }

    @Test
    void noRoomIsBehindItself() {
        hold(slices().matching("waybill.(**)").should().beFreeOfCycles());
    }

    @Test
    void protocolTouchesNoFilesAndNoSockets() {
        hold(noClasses()
                .that()
                .resideInAnyPackage(PROTOCOL)
                .should()
                .dependOnClassesThat(describe(
                        "files or sockets",
                        c -> Set.of(
                                        "java.nio.file.Files",
                                        "java.io.File",
                                        "java.io.FileInputStream",
                                        "java.io.FileOutputStream",
                                        "java.io.RandomAccessFile",
                                        "java.nio.channels.FileChannel",
                                        "java.net.Socket",
                                        "java.net.ServerSocket",
                                        "java.net.DatagramSocket")
                                .contains(c.getName()))));
    }

    @Test
    void onlyTheStoreWritesFiles() {
        hold(noClasses()
                .that()
                .resideOutsideOfPackage("waybill.store..")
                .should()
                .accessTargetWhere(describeAccess("writes a file", HouseTest::writesFiles)));
    }

    @Test
    void onlyDiscoveryOpensUdpSockets() {
        hold(noClasses()
                .that()
                .resideOutsideOfPackage("waybill.discovery..")
                .should()
                .dependOnClassesThat(describe(
                        "UDP sockets",
                        c -> Set.of(
                                        "java.net.DatagramSocket",
                                        "java.net.MulticastSocket",
                                        "java.net.DatagramPacket",
                                        "java.nio.channels.DatagramChannel")
                                .contains(c.getName()))));
    }

    @Test
    void onlyTheBackendSignsPackets() {
        hold(noClasses()
                .that()
                .resideOutsideOfPackages("waybill.backend..")
                .should()
                .dependOnClassesThat()
                .haveNameMatching("org\\.bouncycastle\\.cms\\.(CMSSignedDataGenerator|SignerInfoGenerator).*"));
    }

    @Test
    void commandsLieInTheCliAlone() {
        hold(classes()
                .that()
                .areAnnotatedWith("picocli.CommandLine$Command")
                .should()
                .resideInAnyPackage(CLI));
    }

    @Test
    void nobodyEndsTheProcessButMain() {
        hold(noClasses()
                .that()
                .doNotHaveFullyQualifiedName("waybill.cli.Main")
                // no command: a process of its own, which the build runs
                .and()
                .doNotHaveFullyQualifiedName("waybill.cli.Rehearsal")
                .should()
                .callMethod(System.class, "exit", int.class));
    }

    @Test
    void everyRoomIsLookedAt() {
        for (String[] room : new String[][] {PROTOCOL, HOP, NODE, BACKEND, CLI}) {
            for (String part : room) {
                hold(classes()
                        .that()
                        .resideInAPackage(part)
                        .should()
                        .bePublic()
                        .orShould()
                        .notBePublic());
            }
        }
    }

    /** A rule that finds nothing to look at fails. */
    private static void hold(ArchRule rule) {
        rule.allowEmptyShould(false).check(HOUSE);
    }

    private static boolean writesFiles(JavaAccess<?> access) {
        AccessTarget target = access.getTarget();
        String owner = target.getOwner().getName();
        String name = target.getName();
        return switch (owner) {
            case "java.nio.file.Files" ->
                name.startsWith("write")
                        || name.startsWith("create")
                        || name.startsWith("move")
                        || name.startsWith("copy")
                        || name.startsWith("delete")
                        || name.startsWith("set")
                        || name.equals("newOutputStream")
                        || name.equals("newBufferedWriter");
            case "java.io.FileOutputStream", "java.io.FileWriter", "java.io.RandomAccessFile" -> name.equals("<init>");
            case "java.nio.file.StandardOpenOption" ->
                name.equals("WRITE") || name.equals("APPEND") || name.startsWith("CREATE");
            default -> false;
        };
    }

    private static DescribedPredicate<JavaClass> describe(
            String words, java.util.function.Predicate<JavaClass> predicate) {
        return DescribedPredicate.describe(words, predicate);
    }

    private static DescribedPredicate<JavaAccess<?>> describeAccess(
            String words, java.util.function.Predicate<JavaAccess<?>> predicate) {
        return DescribedPredicate.describe(words, predicate);
    }

    private static String[] concat(String[]... parts) {
        return java.util.Arrays.stream(parts).flatMap(java.util.Arrays::stream).toArray(String[]::new);
    }
}
