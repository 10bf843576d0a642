package org.clarion.gateway.http;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.server.ServiceRequestContext;
import org.clarion.gateway.api.ApiError;
import org.clarion.gateway.tenant.Authenticator;
import org.clarion.gateway.tenant.Tenant;

/** The clinic of a request, from its headers. Thread-safe. */
record Credentials(Authenticator authenticator) {
  /**
   * The clinic.
   *
   * @throws org.clarion.gateway.api.ApiException
   *           401 without a valid credential
   */
  Tenant require(ServiceRequestContext ctx) {
    return authenticator.authenticate(ctx.request().headers().get(HttpHeaderNames.AUTHORIZATION))
        .orElseThrow(() -> ApiError.unauthorized().exception());
  }
}
