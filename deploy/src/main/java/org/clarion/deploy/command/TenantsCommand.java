package org.clarion.deploy.command;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.clarion.deploy.terminal.Bar;
import org.clarion.deploy.terminal.ExitCode;
import org.clarion.deploy.terminal.Logs;
import org.clarion.deploy.terminal.Screen;
import org.clarion.scheduler.api.ClusterUnavailableException;
import org.clarion.scheduler.api.TenantErasedException;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.cluster.ClusterVisit;
import org.clarion.scheduler.cluster.HazelcastTenants;
import org.clarion.scheduler.cluster.database.DatabaseException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code clarion tenants}: joins the schedulers as one that holds nothing, with the settings of one of them. */
@Command(name = "tenants", mixinStandardHelpOptions = true, synopsisSubcommandLabel = "COMMAND", description = "What shared state keeps of clinics: list them, erase one, change keys.", footer = {
    "", "Examples:", "  clarion tenants list --config scheduler.yaml",
    "  clarion tenants erase st-mary --yes --config scheduler.yaml",
    "  clarion tenants rewrap --state /var/lib/clarion", "",
    "Exit codes: 0 done, 1 not possible now, 2 wrong usage or configuration,",
    "3 the cluster or its database cannot be reached. What and why: docs/shared-state.md."})
public final class TenantsCommand implements Runnable {
  private final Screen screen;

  TenantsCommand(Screen screen) {
    this.screen = screen;
  }

  private interface Work {
    int with(HazelcastTenants tenants);
  }

  @Override
  public void run() {
    throw new CommandFailure(ExitCode.USAGE, "tenants needs a command: list, erase, admit, renew-key or rewrap");
  }

  @Command(mixinStandardHelpOptions = true, description = "Every clinic that was ever served, its keys and what wraps them.")
  int list(@Mixin StatePlace place) throws IOException {
    return in(place, tenants -> {
      Map<TenantId, HazelcastTenants.Status> all = tenants.all();
      all.forEach((tenant, status) -> screen.print(tenant + "  " + (status.erased()
          ? "erased"
          : count(status.keys(), "key") + ", wrapped with " + status.wrappedBy().stream().map(
              by -> by + (by.equals(tenants.newestSecret()) ? " (newest)" : "")).collect(Collectors.joining(", ")))));
      screen.note(screen.dim(count(all.size(), "clinic") + "; the newest cluster secret is " + tenants.newestSecret()));
      return ExitCode.OK;
    });
  }

  @Command(mixinStandardHelpOptions = true, description = "Destroy a clinic's keys and forget what is kept of it. It is refused until it is admitted again.")
  int erase(@Mixin StatePlace place,
      @Parameters(paramLabel = "CLINIC", description = "As in the key file of the gateways.") String clinic,
      @Option(names = "--yes", description = "It cannot be undone.") boolean sure) throws IOException {
    TenantId tenant = tenant(clinic);
    if (!sure) {
      throw new CommandFailure(ExitCode.USAGE, "what is kept of " + tenant + " cannot be had back: add --yes");
    }
    return in(place, tenants -> {
      tenants.erase(tenant);
      screen.print(tenant + " is erased");
      screen.hint("copies of the database that hold its wrapped keys open until the cluster secret is changed: "
          + "docs/shared-state.md");
      return ExitCode.OK;
    });
  }

  @Command(mixinStandardHelpOptions = true, description = "Serve an erased clinic again, with a new key and nothing of before.")
  int admit(@Mixin StatePlace place,
      @Parameters(paramLabel = "CLINIC", description = "Who was erased.") String clinic) throws IOException {
    TenantId tenant = tenant(clinic);
    return in(place, tenants -> {
      tenants.admit(tenant);
      screen.print(tenant + " is served");
      return ExitCode.OK;
    });
  }

  @Command(name = "renew-key", mixinStandardHelpOptions = true, description = "Seal what a clinic writes from now on with a new key.")
  int renewKey(@Mixin StatePlace place,
      @Parameters(paramLabel = "CLINIC", description = "Whose key.") String clinic) throws IOException {
    TenantId tenant = tenant(clinic);
    return in(place, tenants -> {
      tenants.renewKey(tenant);
      screen.print(tenant + " has a new key");
      return ExitCode.OK;
    });
  }

  @Command(mixinStandardHelpOptions = true, description = "Wrap all keys with the newest cluster secret, so that those before it can go.")
  int rewrap(@Mixin StatePlace place) throws IOException {
    return in(place, tenants -> {
      List<TenantId> foreign;
      try (Bar bar = Bar.open(screen, "Clinics", 0, "", 1)) {
        foreign = tenants.rewrap((done, total) -> {
          bar.at(done);
          bar.say("of " + total);
        });
      }
      if (!foreign.isEmpty()) {
        throw new CommandFailure(ExitCode.FAILED, "no secret that is configured wraps the keys of " + foreign);
      }
      screen.print("the keys of " + count(tenants.all().size(), "clinic") + " are wrapped with cluster secret "
          + tenants.newestSecret());
      return ExitCode.OK;
    });
  }

  private static String count(int number, String what) {
    return number + " " + what + (number == 1 ? "" : "s");
  }

  private static TenantId tenant(String clinic) {
    try {
      return new TenantId(clinic);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
    }
  }

  private int in(StatePlace place, Work work) throws IOException {
    Logs.toFile(Logs.folder().resolve("tenants.log"));
    try (ClusterVisit visit = ClusterVisit.of(place.cluster())) {
      return work.with(visit.tenants());
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
    } catch (ClusterUnavailableException | DatabaseException e) {
      throw new CommandFailure(ExitCode.UNREACHABLE, String.valueOf(e.getMessage()), e);
    } catch (TenantErasedException | IllegalStateException e) {
      throw new CommandFailure(ExitCode.FAILED, String.valueOf(e.getMessage()), e);
    }
  }
}
